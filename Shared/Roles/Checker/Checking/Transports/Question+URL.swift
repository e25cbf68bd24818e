import Catalogs
import CheckPlanning
import Mirrors
import Time
import URLs

extension Question {
    /// Appends the path as it stands in a URL below the base, all but harmless bytes escaped.
    func appendEscapedPath(to url: inout [UInt8]) {
        PercentEncoding.append(path: path.span, to: &url)
        if isDirectory, url.last != UInt8(ascii: "/") { url.append(UInt8(ascii: "/")) }
    }

    /// The file that the question is about; nil for other questions.
    var fileID: FileID? {
        switch subject {
        case .file(let id), .knownFile(let id): id
        case .base, .impossibleName, .listing: nil
        }
    }

    /// Whether it asks for a file in the ordinary course, and not to see how the server is.
    var isFirstLook: Bool {
        if case .file = subject { true } else { false }
    }

    /// Whether the answer is to prove a file of the tree.
    var isAboutFile: Bool { fileID != nil }

    /// Whether the file itself is asked for.
    var wantsContent: Bool { !algorithms.isEmpty }

    /// The answer to this question.
    func answered(
        _ reply: Reply,
        seconds: Double = 0,
        modified: Timestamp? = nil,
        digests: Digests = Digests(),
        isRedirected: Bool = false
    ) -> Answer {
        Answer(
            accessPoint: accessPoint,
            subject: subject,
            reply: reply,
            seconds: seconds,
            modified: modified,
            digests: digests,
            address: address,
            isRedirected: isRedirected
        )
    }
}
