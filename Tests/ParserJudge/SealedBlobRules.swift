import BlobFormat
import Catalogs
import CheckStates
import Histories
import Mirrors
import StatusFacts
import Time

/// The readers of blobs whose contents are sealed.
///
/// The first byte of an input says whether the rest is a complete blob, or the contents for one of
/// the versions, which are sealed first.
enum SealedBlobRules {
    private static let contentLimit = 1 << 20

    private static func blob(_ input: [UInt8], _ magic: StaticString, versions: UInt16) -> [UInt8] {
        let kind = UInt16(input.first ?? 0) % (versions + 1)
        let rest = Array(input.dropFirst())
        guard kind > 0 else { return rest }
        return BlobType(magic: magic, version: kind, contentLimit: contentLimit)
            .sealed(rest, compression: .none)
    }

    static func catalog(_ input: [UInt8]) -> String? {
        guard let catalog = try? Catalog(decoding: blob(input, "RCAT", versions: 1)) else {
            return nil
        }
        // Each file takes at least six bytes of the contents.
        guard catalog.count <= input.count / 6 else { return "more files than there is room for" }
        let again = catalog.encoded()
        guard let second = try? Catalog(decoding: again) else {
            return "what it writes is no catalog"
        }
        guard second.encoded() == again else { return "it is written in two ways" }
        return nil
    }

    static func checkState(_ input: [UInt8]) -> String? {
        guard let state = try? CheckState(decoding: blob(input, "RCHK", versions: 2)) else {
            return nil
        }
        let again = state.encoded()
        guard let second = try? CheckState(decoding: again) else {
            return "what it writes is no state"
        }
        guard second.encoded() == again else { return "it is written in two ways" }
        return nil
    }

    static func agenda(_ input: [UInt8]) -> String? {
        guard let agenda = try? Agenda(decoding: blob(input, "RAGD", versions: 1)) else {
            return nil
        }
        let again = agenda.encoded()
        guard let second = try? Agenda(decoding: again) else {
            return "what it writes is no agenda"
        }
        guard second.encoded() == again else { return "it is written in two ways" }
        return nil
    }

    static func history(_ input: [UInt8]) -> String? {
        guard let history = try? History(decoding: blob(input, "RHIS", versions: 1)) else {
            return nil
        }
        let ids = Array(history.points.keys)
        _ = history.hours(of: ids, count: History.hourLimit)
        _ = history.uptime(of: ids, days: History.dayLimit)
        for id in history.mirrors.keys { _ = history.lag(of: id, count: History.dayLimit) }
        let again = history.encoded()
        guard let second = try? History(decoding: again) else {
            return "what it writes is no history"
        }
        guard second == history, second.encoded() == again else {
            return "it is written in two ways"
        }
        return nil
    }

    /// What is remembered of a mirror is used for mirrors with up to two URLs, and checked.
    static func rememberedFacts(_ input: [UInt8]) -> String? {
        guard let memory = try? RememberedFacts(decoding: blob(input, "RFCT", versions: 1)) else {
            return nil
        }
        let again = memory.encoded()
        guard let second = try? RememberedFacts(decoding: again) else {
            return "what it writes is no memory"
        }
        guard second == memory, second.encoded() == again else {
            return "it is written in two ways"
        }
        var live = FileBits(count: 100)
        for number in 0..<100 { live.insert(number) }
        for (id, entry) in memory.entries {
            if let held = try? HeldFilesCoding.held(entry.held, among: live) {
                guard held.overlap(live) == held.count else { return "a file that is none" }
            }
            if let fault = fault(ofFacts: entry.facts, id) { return fault }
        }
        return nil
    }

    private static func fault(ofFacts bytes: [UInt8], _ id: Mirror.ID) -> String? {
        guard let germany = CountryCode("DE") else { return nil }
        for count in 0...2 {
            let points = (0..<count).map { number in
                AccessPoint(id: "\(id)-\(number)", scheme: .https, baseURL: "https://m/\(number)/")
            }
            let mirror = Mirror(
                id: id,
                name: id,
                country: germany,
                region: "europe",
                accessPoints: points
            )
            var facts = MirrorFacts(mirror, points: points.map { AccessPointFacts($0) })
            guard (try? facts.take(fileFacts: bytes)) != nil else { continue }
            facts.verdict = facts.judged(now: Timestamp(secondsSinceEpoch: 1_795_362_420))
            _ = MirrorJSON.summary(of: facts, now: Timestamp(secondsSinceEpoch: 1_795_362_420))
            guard (try? facts.take(fileFacts: facts.fileFacts)) != nil else {
                return "what it writes are no facts"
            }
        }
        return nil
    }
}
