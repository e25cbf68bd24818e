import FunctionRuntime
import JSON
import MapHolds
import Mirrors
import ObjectStorage
import StatusFacts
import Time

/// `mirrors hold REGION` and `release REGION`: stop or allow the builder to replace a region's map.
struct HoldCommand {
    let store: any BlobStore
    let now: Timestamp
    let arguments: CommandArguments
    let regions: Regions
    let author: CommandAuthor

    private func region() throws(FunctionError) -> Region.ID {
        let name = arguments.operands.first ?? ""
        guard let region = regions[name] else {
            let known = regions.all.map(\.id).joined(separator: ", ")
            throw .badRequest("there is no region \"\(name)\"; known: \(known)")
        }
        return region.id
    }

    func hold() throws -> CommandResult {
        let region = try region()
        guard let reason = arguments.value("--reason"), !reason.isEmpty else {
            throw FunctionError.badRequest("hold: expected --reason TEXT")
        }
        var hold = MapHold(since: now, reason: reason)
        if let text = arguments.value("--until") {
            let latest = now.advanced(bySeconds: MapHold.longestSeconds)
            guard let until = TimeText.moment(ahead: text, now: now), until > now, until <= latest
            else {
                throw FunctionError.badRequest(
                    "--until: expected a time within 30 days, such as 12h, 3d or 2026-12-01T14:00, "
                        + "found \"\(text)\""
                )
            }
            hold.until = until
        }
        if !arguments.has("--dry-run") { try store.put(hold, of: region) }
        return done(
            "the map of \(region) stays as it is until \(hold.until.dateText)",
            region,
            reason
        )
    }

    func release() throws -> CommandResult {
        let region = try region()
        // One that has ended or is unreadable is removed, too.
        let isHeld = try store.get(BlobKey(MapHold.key(of: region))) != nil
        if isHeld, !arguments.has("--dry-run") { try store.releaseMap(of: region) }
        guard isHeld else {
            return CommandResult("nothing holds the map of \(region)", ["released": false])
        }
        return done(
            "the next build may replace the map of \(region)",
            region,
            arguments.value("--reason")
        )
    }

    private func done(_ text: String, _ region: Region.ID, _ reason: String?) -> CommandResult {
        guard !arguments.has("--dry-run") else {
            return CommandResult("would be: \(text)", ["dryRun": true, "text": .string(text)])
        }
        author.note(arguments, about: region, reason: reason, in: store, now: now)
        return CommandResult(text, ["dryRun": false, "text": .string(text)])
    }
}
