import HTTPTransport

/// The listing pages being read.
///
/// They are decoded and searched in slices between iterations of the loop; while much is unread,
/// the server has to wait.
final class ListingDownloads {
    private var downloads: [ListingDownload] = []
    private var expected: ExpectedFiles?
    private let clock: () -> Double

    /// `clock` returns seconds from any epoch.
    init(clock: @escaping () -> Double) {
        self.clock = clock
    }

    /// Sets the names that pages are searched for, starting with the next page.
    func expect(_ files: ExpectedFiles) {
        expected = files
    }

    /// Whether there is data that can be read without waiting.
    var hasWork: Bool { downloads.contains { $0.hasWork } }

    /// Starts to read the answer to `question`, which has the tag `tag`.
    ///
    /// The tag may be reused as soon as the page was received, long before it is read.
    func begin(_ question: Question, tag: RequestTag) -> ListingDownload {
        let download = ListingDownload(question, tag: tag, in: expected)
        downloads.append(download)
        return download
    }

    func cancel(_ download: ListingDownload) {
        downloads.removeAll { $0 === download }
    }

    /// Continues reading, calls `resume` for downloads that may continue, and passes on complete
    /// ones.
    ///
    /// In the order of arrival.
    func work(resume: (_ tag: RequestTag) -> Void, _ receive: (Question, Answer) -> Void) {
        guard !downloads.isEmpty else { return }
        var slice = WorkSlice(clock: clock)
        // `receive` may ask, and so start other downloads.
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
