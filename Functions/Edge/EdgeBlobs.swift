import FileDetailsFormat
import JSON
import Mirrors
import Pages
import Redirection

/// What pages need beside the map, as far as the host has brought it.
final class EdgeBlobs: PageBlobs {
    /// How long a blob that could not be brought is not asked for again, and how old a report may get, in
    /// seconds.
    static let patience: Int64 = 60

    // One thread runs the core; nothing here is shared.
    private nonisolated(unsafe) var loadedDetails: FileDetails?
    private nonisolated(unsafe) var loadedReport:
        (region: Region.ID, at: Int64, content: PageReport)?
    private nonisolated(unsafe) var loadedHolders: (at: Int64, content: Holders)?
    /// What the host could not bring lately; a few at most.
    private nonisolated(unsafe) var failures: [(key: String, at: Int64)] = []

    func prepare(details generation: UInt32?, report region: Region.ID?, holders: Bool) {}

    func details(generation: UInt32) -> FileDetails? {
        let details = unsafe loadedDetails
        return details?.header.catalogGeneration == generation ? details : nil
    }

    func report(region: Region.ID) -> PageReport? {
        guard let report = unsafe loadedReport, report.region == region else { return nil }
        return report.content
    }

    func holders() -> Holders? { unsafe loadedHolders?.content }

    static let holdersKey = "maps/holders"

    static func reportKey(of region: Region.ID) -> String { "maps/\(region).report.json" }

    /// The blob that `request` needs and that is not here, if it can be had.
    func missing(for request: PageRequest) -> String? {
        guard let snapshot = request.snapshot, request.page != .landing else { return nil }
        if request.needsDetails, let key = missingDetails(of: snapshot, now: request.now) {
            return key
        }
        let age = unsafe loadedHolders.map { request.now &- $0.at }
        if request.needsHolders, age ?? .max >= Self.patience,
            !hasFailed(Self.holdersKey, now: request.now)
        {
            return Self.holdersKey
        }
        guard request.needsReport else { return nil }
        let key = Self.reportKey(of: snapshot.regionID)
        if let report = unsafe loadedReport, report.region == snapshot.regionID,
            request.now &- report.at < Self.patience
        {
            return nil
        }
        return hasFailed(key, now: request.now) ? nil : key
    }

    /// The key of the details of the files of `snapshot`, if they are not here and can be had.
    func missingDetails(of snapshot: Snapshot, now: Int64) -> String? {
        guard snapshot.details == nil, details(generation: snapshot.generation) == nil else {
            return nil
        }
        let key = FileDetailsKey.text(generation: snapshot.generation)
        return hasFailed(key, now: now) ? nil : key
    }

    func use(_ details: FileDetails) {
        unsafe loadedDetails = details
    }

    func use(report json: JSONValue, of region: Region.ID, now: Int64) {
        unsafe loadedReport = (region, now, PageReport(json))
    }

    func use(_ holders: Holders, now: Int64) {
        unsafe loadedHolders = (now, holders)
    }

    /// The host could not bring the blob with `key`.
    func fail(_ key: String, now: Int64) {
        unsafe failures.removeAll { $0.key == key || now &- $0.at >= Self.patience }
        unsafe failures.append((key, now))
    }

    /// Whether the host could not bring the blob with `key` a moment ago.
    func hasFailed(_ key: String, now: Int64) -> Bool {
        unsafe failures.contains { $0.key == key && now &- $0.at < Self.patience }
    }
}

/// Has every page made by the core's caller, which knows what blobs it takes.
final class EdgeDesk: PageDesk {
    func hasRoom(for peer: Responder.Peer) -> Bool { true }
}
