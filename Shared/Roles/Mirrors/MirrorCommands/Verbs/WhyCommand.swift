import Catalogs
import CheckStates
import FunctionRuntime
import JSON
import Mirrors
import ObjectStorage
import StatusFacts
import Time

/// `mirrors why ID [PATH]`: the first condition that fails in each region, and the remedy.
struct WhyCommand {
    let facts: DeploymentFacts
    let mirror: MirrorFacts
    let reader: FactsReader

    func run(path: String?) throws -> CommandResult {
        var lines = [line]
        var json = MirrorJSON.summary(of: mirror, now: facts.now)
        let isUsed: Bool
        if let path {
            let answer = try self.answer(path)
            lines += answer.lines
            isUsed = answer.isUsed
            if case .object(var object) = json {
                object["path"] = .string(path)
                object["file"] = .string(answer.lines[0])
                object["regions"] = .object(answer.regions)
                json = .object(object)
            }
        } else {
            for entry in mirror.ranks { lines.append(sentence(of: entry)) }
            isUsed = mirror.ranks.contains { $0.rank != nil } && mirror.isOffered
            if mirror.ranks.isEmpty { lines.append("no map was built since it is in the list") }
        }
        return CommandResult(lines.joined(separator: "\n"), json, status: isUsed ? 0 : 1)
    }

    private var line: String {
        let verdict = mirror.verdict
        let since = verdict.since.map { " since \($0.dateText)" } ?? ""
        let remedy = verdict.remedy.isEmpty ? "" : " (\(verdict.remedy))"
        return "\(mirror.id): \(verdict.word.text)\(since): \(verdict.sentence)\(remedy)"
    }

    private func sentence(of place: RegionRank) -> String {
        guard let rank = place.rank else {
            return "\(place.region): not used: \(place.sentence)"
        }
        let reason = place.sentence.isEmpty ? "" : ": \(place.sentence)"
        return "\(place.region): place \(rank) of \(place.outOf)\(reason); \(place.heldPaths) files"
    }

    private func answer(
        _ text: String
    ) throws -> (lines: [String], regions: JSONObject, isUsed: Bool) {
        let path = Array(text.utf8.drop { $0 == UInt8(ascii: "/") })
        let bare = path.last == UInt8(ascii: "/") ? Array(path.dropLast()) : path
        guard let tree = facts.tree else {
            return (["no tree was published yet"], [:], false)
        }
        let index = CatalogIndex(tree.catalog)
        guard
            let id = index.id(of: bare[...], in: tree.catalog)
                ?? index.id(of: (bare + [UInt8(ascii: "/")])[...], in: tree.catalog)
        else {
            return (
                ["no generation of the tree has this path: it goes to the fallback"], [:], false
            )
        }
        let isLive = tree.catalog.isLive(id)
        let removed = tree.catalog.removed(of: id).map { " on \($0.dateText)" } ?? ""
        var lines = [
            isLive
                ? sentence(of: Int(id.rawValue), tree)
                : "the path was found gone from the tree\(removed)"
        ]
        var regions = JSONObject()
        var isUsed = false
        let own = Set(mirror.points.map(\.accessPoint.id))
        for region in facts.regions where region.builtAt != nil {
            let (sentence, isListed) = try listing(bare, in: region, own)
            // A removed file is in a map as long as a mirror has it.
            guard isLive || isListed else { continue }
            isUsed = isUsed || isListed && mirror.isOffered
            regions.append(region.id, .string(sentence))
            lines.append("\(region.id): \(sentence)")
        }
        return (lines, regions, isUsed)
    }

    /// What is known of the file at this mirror.
    private func sentence(of number: Int, _ tree: TreeFacts) -> String {
        guard let files = facts.files[mirror.id] else { return "nothing is known of the file here" }
        if files.withheld.contains(number) {
            return "it has the file, but not all that belongs to it"
                + (mirror.withheld.map { ", such as \($0.example)" } ?? "")
        }
        if files.held.contains(number) { return "it has the file" }
        let since = files.since[number].map { ", since \($0.dateText)" } ?? ""
        if files.absent.contains(number) { return "it lacks the file: it answered 404\(since)" }
        if files.wrong.contains(number) {
            let length = files.wrongByteCounts[number].map { " (\($0) bytes)" } ?? ""
            return "it has something else under the name\(length)\(since)"
        }
        if files.refused.contains(number) { return "it refuses the file" }
        guard tree.promised(by: mirror.mirror.rules).contains(number) else {
            return "its rules leave the file out"
        }
        return "the file was not asked for in time there"
    }

    private func listing(
        _ path: [UInt8],
        in region: RegionFacts,
        _ own: Set<AccessPoint.ID>
    ) throws(StorageError) -> (sentence: String, isListed: Bool) {
        guard let listed = try reader.holders(of: path, in: region.id) else {
            return ("its map cannot be read", false)
        }
        guard let points = listed.accessPoints else {
            return ("its map does not know the path yet", false)
        }
        if let place = points.firstIndex(where: { own.contains($0) }) {
            return ("listed for the file at place \(place + 1) of \(points.count)", true)
        }
        let entry = region.rank(of: mirror.mirror)
        if let entry, entry.rank == nil { return ("not used: \(entry.sentence)", false) }
        // The map lists only as many as are needed.
        let files = facts.files[mirror.id]
        let number = facts.tree.flatMap { tree in
            CatalogIndex(tree.catalog).id(of: path[...], in: tree.catalog)
        }
        if let number, let files, files.held.contains(Int(number.rawValue)) {
            guard !files.withheld.contains(Int(number.rawValue)) else {
                return ("not used for the file: its set is not whole there", false)
            }
            return ("not needed: \(points.count) nearer ones have it", false)
        }
        return ("\(points.count) others are listed for the file", false)
    }
}

extension MirrorFacts {
    /// Whether clients are currently sent to it at all.
    var isOffered: Bool {
        switch verdict.word {
        case .disabled, .notListed, .down, .refusesUs, .notItself: false
        case .empty, .behind, .incomplete, .notAsked, .partlyDown, .inUse: true
        }
    }
}
