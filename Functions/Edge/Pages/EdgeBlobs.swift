import Bytes
import FileDetailsFormat
import JSON
import Mirrors
import Pages
import Redirection

/// The blobs that pages need besides the map, as far as the host has fetched them.
final class EdgeBlobs: PageBlobs {
    // One thread runs the core; nothing here is shared.
    private nonisolated(unsafe) var loadedDetails: FileDetails?
    private nonisolated(unsafe) var loadedReport:
        (region: Region.ID, at: Int64, content: PageReport)?
    private nonisolated(unsafe) var loadedHolders: (at: Int64, content: Holders)?
    /// The latest file of the status function that was requested.
    private nonisolated(unsafe) var loadedStatus: (key: String, at: Int64, content: [UInt8])?

    func prepare(details generation: UInt32?, report region: Region.ID?, holders: Bool) {}

    func details(generation: UInt32) -> FileDetails? {
        let details = unsafe loadedDetails
        return details?.header.catalogGeneration == generation ? details : nil
    }

    func report(region: Region.ID) -> PageReport? {
        guard let report = unsafe loadedReport, report.region.isSpelled(like: region)
        else { return nil }
        return report.content
    }

    func holders() -> Holders? { unsafe loadedHolders?.content }

    func statusFile(_ name: String) -> [UInt8]? {
        guard let file = unsafe loadedStatus, file.key.isSpelled(like: Self.statusPrefix + name)
        else {
            return nil
        }
        return file.content
    }

    static let statusPrefix = "status/"

    /// The key of a blob that `request` lacks; nil if there is none or it cannot be had.
    func missing(for request: PageRequest, _ failures: EdgeFailures) -> String? {
        if request.page == .status { return missingStatus(at: request.path, failures, request.now) }
        guard let snapshot = request.snapshot, request.page != .landing else { return nil }
        if request.needsDetails,
            let key = missingDetails(of: snapshot, failures, now: request.now)
        {
            return key
        }
        let age = unsafe loadedHolders.map { request.now &- $0.at }
        if request.needsHolders, age ?? .max >= EdgeFailures.patience,
            !failures.contains(BlobName.holders, now: request.now)
        {
            return BlobName.holders
        }
        guard request.needsReport else { return nil }
        let key = BlobName.report(of: snapshot.regionID)
        if let report = unsafe loadedReport, report.region.isSpelled(like: snapshot.regionID),
            request.now &- report.at < EdgeFailures.patience
        {
            return nil
        }
        return failures.contains(key, now: request.now) ? nil : key
    }

    /// The key of the status function's file at `path`; nil if it is here or cannot be had.
    private func missingStatus(
        at path: [UInt8],
        _ failures: EdgeFailures,
        _ now: Int64
    ) -> String? {
        let name = StatusPath.name(in: path)
        // Reject what a host could normalise into another key.
        let parts = name.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.allSatisfy({ !$0.isEmpty && $0.first != UInt8(ascii: ".") }) else { return nil }
        let key = Self.statusPrefix + String(decoding: name, as: UTF8.self)
        if let file = unsafe loadedStatus, file.key.isSpelled(like: key),
            now &- file.at < EdgeFailures.patience
        {
            return nil
        }
        return failures.areMany(now: now) || failures.contains(key, now: now) ? nil : key
    }

    /// The key of the file details for `snapshot`; nil if they are here or cannot be had.
    func missingDetails(
        of snapshot: Snapshot,
        _ failures: EdgeFailures,
        now: Int64
    ) -> String? {
        guard snapshot.details == nil, details(generation: snapshot.generation) == nil else {
            return nil
        }
        let key = FileDetailsKey.text(generation: snapshot.generation)
        return failures.contains(key, now: now) ? nil : key
    }

    func use(_ details: FileDetails) {
        unsafe loadedDetails = details
    }

    func use(report json: JSONValue, of region: Region.ID, now: Int64) {
        unsafe loadedReport = (region, now, PageReport(json))
    }

    func use(statusFile content: [UInt8], _ key: String, now: Int64) {
        unsafe loadedStatus = (key, now, content)
    }

    func use(_ holders: Holders, now: Int64) {
        unsafe loadedHolders = (now, holders)
    }
}
