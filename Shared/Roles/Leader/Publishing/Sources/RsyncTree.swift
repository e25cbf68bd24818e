import Mirrors
package import RsyncListing

/// The master's tree as its rsync daemon lists it, without a local copy.
package struct RsyncTree: TreeSource {
    /// `rsync://host[:port]/module/[path/]`.
    package let url: String
    private let settings: RsyncRun.Settings

    package init(url: String, settings: RsyncRun.Settings = RsyncRun.Settings()) {
        self.url = url
        self.settings = settings
    }

    package var name: String { url }

    /// Throws if the listing failed or ended early.
    ///
    /// If the server could not read everything, or a line made no sense, the rest is published and
    /// nothing is removed in this run.
    package func listing(by filter: TreeFilter) throws(PublishingError) -> TreeListing {
        var listing = TreeListing()
        let run = RsyncRun(url: url, settings: settings)
        let outcome = run.finish { Self.take($0, by: filter, into: &listing) }
        switch outcome {
        case .complete: break
        case .partial(let unread):
            let places = unread.isEmpty ? "" : ": \(unread.joined(separator: ", "))"
            listing.leaveOut(TreePath(""), .unreadable("\(url) was not listed whole\(places)"))
        case .failed(let failure):
            throw .unreadableSource(name: url, reason: failure.description)
        }
        if run.unknownLineCount > 0 {
            let reason = "\(run.unknownLineCount) lines of \(url) are no entries"
            listing.leaveOut(TreePath(""), .unreadable(reason))
        }
        return listing.ordered()
    }

    private static func take(
        _ entry: RsyncEntry,
        by filter: TreeFilter,
        into listing: inout TreeListing
    ) {
        let path = entry.path.bytes
        guard !path.isEmpty else { return }
        if let reason = filter.reasonToLeaveOut(path[...]) {
            return listing.leaveOut(entry.path, reason)
        }
        switch entry.kind {
        case .file:
            listing.appendFile(path, byteCount: entry.byteCount, modified: entry.modified)
        case .symlink:
            listing.appendLink(path, target: (entry.target?.bytes ?? [])[...])
        case .directory:
            listing.appendDirectory(path)
        case .other:
            listing.leaveOut(entry.path, .specialFile)
        }
    }
}
