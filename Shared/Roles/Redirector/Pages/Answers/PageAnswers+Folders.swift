import Bytes
import FileDetailsFormat
import Redirection
import Time

// Listings of folders as HTML.
extension PageAnswers {
    /// The page, or a redirect if the names are unavailable.
    ///
    /// A browser that did not explicitly ask for the page is also redirected if the folder has an
    /// index page of its own.
    func folder(_ request: PageRequest, _ snapshot: Snapshot) -> [UInt8] {
        guard let names = blobs.folderNames(generation: snapshot.generation) else {
            return instead(of: request, snapshot)
        }
        let blob = names.blob
        let view = FolderNamesView(blob.bytes, reopeningWith: names.header)
        let key =
            request.path.last == UInt8(ascii: "/") ? request.path.dropLast() : request.path[...]
        guard let folder = unsafe view.folder(at: key.span.bytes) else {
            return instead(of: request, snapshot)
        }
        if request.page == .browsedFolder,
            view.hasFile("index.html", in: folder) || view.hasFile("index.htm", in: folder)
        {
            return instead(of: request, snapshot)
        }
        let page = FolderPage(
            path: request.path,
            snapshot: snapshot,
            number: request.pageNumber,
            now: Timestamp(secondsSinceEpoch: request.now)
        )
        let bytes = page.bytes(folder, of: view)
        // Return nothing rather than the zeros of a file that was truncated in the meantime.
        guard !blob.isTorn else { return instead(of: request, snapshot) }
        return html(request, .ok, bytes)
    }

    private func instead(of request: PageRequest, _ snapshot: Snapshot) -> [UInt8] {
        request.path.isEmpty ? landing(request) : redirect(request, snapshot).answer
    }
}
