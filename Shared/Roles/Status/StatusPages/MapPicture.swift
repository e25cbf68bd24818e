import Mirrors
import StatusFacts

/// The mirrors by country, as circles on a plain grid of degrees, without coastlines or tiles.
struct MapPicture {
    let mirrors: [MirrorFacts]

    private struct Tally {
        var count = 0
        var problems = 0
    }

    var markup: String {
        var tallies: [CountryCode: Tally] = [:]
        for mirror in mirrors {
            tallies[mirror.mirror.country, default: Tally()].count += 1
            if mirror.verdict.word.isProblem {
                tallies[mirror.mirror.country, default: Tally()].problems += 1
            }
        }
        guard !tallies.isEmpty else { return "" }
        var circles = ""
        // The largest first, so that none is hidden behind another.
        let order = tallies.sorted {
            ($1.value.count, $0.key.letters) < ($0.value.count, $1.key.letters)
        }
        for (country, tally) in order {
            guard let location = Countries.location(of: country) else { continue }
            let x = SpreadPicture.text((location.longitude + 180) * 2)
            let y = SpreadPicture.text((75 - location.latitude) * 2)
            let radius = SpreadPicture.text(3 + Double(tally.count).squareRoot() * 2)
            let fill =
                tally.problems == 0
                ? "fill-ok" : tally.problems * 2 < tally.count ? "fill-warn" : "fill-bad"
            circles +=
                "<circle class=\"\(fill)\" cx=\"\(x)\" cy=\"\(y)\" r=\"\(radius)\" "
                + "fill-opacity=\".75\"><title>\(country): \(tally.count) "
                + "(\(tally.problems) with a problem)</title></circle>"
        }
        return """
            <svg viewBox="0 0 720 270" width="720" height="270" role="img" \
            aria-labelledby="map-title map-text"><title id="map-title">Mirrors by country</title>\
            <desc id="map-text">A circle for each of \(tallies.count) countries; the list of all \
            mirrors \
            has the same by name.</desc><rect class="sea" width="720" height="270"/>\
            <path class="grid" d="M0 150H720M360 0V270"/>\(circles)</svg>

            """
    }
}
