import HTTPTransport

/// The pages with listings that are being read.
///
/// They are decoded and searched between two turns of the loop, in slices; while much waits for
/// that, the server waits.
final class ListingDownloads {
    private var downloads: [RequestTag: ListingDownload] = [:]
    private var expected: ExpectedFiles?
    private let clock: () -> Double

    /// `clock` tells seconds from any moment on.
    init(clock: @escaping () -> Double) {
        self.clock = clock
    }

    /// Takes the names that pages are searched for from the next one on.
    func expect(_ files: ExpectedFiles) {
        expected = files
    }

    /// Whether there is something to be read without waiting.
    var hasWork: Bool { downloads.values.contains { $0.hasWork } }

    /// Begins to read the answer to `question`.
    func begin(_ question: Question, tag: RequestTag) -> ListingDownload {
        let download = ListingDownload(question, in: expected)
        downloads[tag] = download
        return download
    }

    func cancel(_ tag: RequestTag) {
        downloads[tag] = nil
    }

    /// Notes that no more comes of a page.
    func end(_ tag: RequestTag, _ result: Result<WebClient.Head, WebClient.Failure>) {
        downloads[tag]?.end(result)
    }

    /// Reads on, has `resume` called for what may go on, and hands over what is whole.
    func work(resume: (_ tag: RequestTag) -> Void, _ receive: (Question, Answer) -> Void) {
        guard !downloads.isEmpty else { return }
        var slice = WorkSlice(clock: clock)
        for (tag, download) in downloads {
            if let reply = download.work(&slice) {
                downloads[tag] = nil
                receive(download.question, download.question.answered(reply))
            } else if download.isWaiting, !download.isFull {
                download.isWaiting = false
                resume(tag)
            }
            if slice.isOverNow() { return }
        }
    }
}
