import HTTPTransport

/// The pages with listings that are being read.
///
/// They are decoded and searched between two turns of the loop, in slices; while much waits for
/// that, the server waits.
final class ListingDownloads {
    private var downloads: [ListingDownload] = []
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
    var hasWork: Bool { downloads.contains { $0.hasWork } }

    /// Begins to read the answer to `question`, which is on its way under `tag`.
    ///
    /// The tag may be another request's as soon as the page has come, long before the page is read.
    func begin(_ question: Question, tag: RequestTag) -> ListingDownload {
        let download = ListingDownload(question, tag: tag, in: expected)
        downloads.append(download)
        return download
    }

    func cancel(_ download: ListingDownload) {
        downloads.removeAll { $0 === download }
    }

    /// Reads on, has `resume` called for what may go on, and hands over what is whole.
    ///
    /// What came first is read first.
    func work(resume: (_ tag: RequestTag) -> Void, _ receive: (Question, Answer) -> Void) {
        guard !downloads.isEmpty else { return }
        var slice = WorkSlice(clock: clock)
        // `receive` may ask, and so begin others.
        for download in downloads {
            if let reply = download.work(&slice) {
                cancel(download)
                receive(download.question, download.question.answered(reply))
            } else if download.isWaiting, !download.isFull {
                download.isWaiting = false
                resume(download.tag)
            }
            if slice.isOverNow() { return }
        }
    }
}
