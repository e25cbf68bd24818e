import Catalogs
import CheckPlanning
import Mirrors
import Time
import URLs

extension Question {
    /// Appends the path to a URL, with all but unreserved bytes percent-encoded.
    func appendEscapedPath(to url: inout [UInt8]) {
        PercentEncoding.append(path: path.span, to: &url)
        if isDirectory, url.last != UInt8(ascii: "/") { url.append(UInt8(ascii: "/")) }
    }

    /// The file that the question is about; nil for other questions.
    var fileID: FileID? {
        switch subject {
        case .file(let id), .knownFile(let id), .sample(let id): id
        case .base, .impossibleName, .listing: nil
        }
    }

    /// Whether it is a regular question for a file, not one about the server's state.
    var isFirstLook: Bool {
        if case .file = subject { true } else { false }
    }

    /// Whether the answer can prove a file of the tree.
    var isAboutFile: Bool { fileID != nil }

    /// Whether the file itself is requested.
    var wantsContent: Bool { algorithm != nil }

    /// Whether it asks for the throughput of a file.
    var isSample: Bool {
        if case .sample = subject { true } else { false }
    }

    /// Whether it asks for the beginning of a longer file.
    func isPart(_ expected: ExpectedFiles) -> Bool {
        isSample && fileID.flatMap(expected.byteCount).map { $0 > byteCount } ?? false
    }

    /// The answer to this question.
    func answered(
        _ reply: Reply,
        seconds: Double = 0,
        modified: Timestamp? = nil,
        digests: Digests = Digests(),
        isRedirected: Bool = false,
        transfer: Transfer? = nil
    ) -> Answer {
        Answer(
            to: self,
            reply: reply,
            seconds: seconds,
            modified: modified,
            digests: digests,
            address: address,
            isRedirected: isRedirected,
            transfer: transfer
        )
    }
}
