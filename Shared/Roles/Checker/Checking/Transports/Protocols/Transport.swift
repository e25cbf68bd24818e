package import Catalogs
package import CheckPlanning
package import CheckStates
package import HTTPTransport
package import Mirrors
package import Time

/// Asks access points questions: the seam between what is asked and how.
///
/// The run asks questions and takes answers; the transport handles connections, protocols and
/// limits (rate, connections, `Retry-After`). Questions may be answered in any order, each exactly
/// once. So a transport may send one HEAD per connection, pipeline them, or answer a thousand
/// questions from one listing.
///
/// Access points are given by their index in the list that both sides share.
package protocol Transport: AnyObject {
    /// Takes the catalog with the files to search listings for and the lengths to compare answers
    /// with; call it before the first question, and for every newer generation.
    func expect(_ catalog: Catalog)

    /// Whether it supports access points of this scheme.
    func speaks(_ scheme: AccessPoint.Scheme) -> Bool

    /// Why it does not, for the operator.
    func reasonNotToSpeak(_ scheme: AccessPoint.Scheme) -> String

    /// Starts with the strategy that worked for the access point in an earlier run; call it before
    /// any question.
    func begin(with strategy: AskingStrategy, at accessPoint: AccessPointNumber)

    /// The strategy that worked for the access point in this run; nil if none did yet, or if only
    /// one exists.
    func strategy(at accessPoint: AccessPointNumber) -> AskingStrategy?

    /// What the operator should know about asking this access point, such as that its HEAD answers
    /// lack lengths; nil if there is nothing.
    func remark(at accessPoint: AccessPointNumber) -> String?

    /// The number of addresses of the access point's host name, 1 until it is known.
    ///
    /// Names are resolved in the background, so the number may grow during a run.
    func addressCount(at accessPoint: AccessPointNumber) -> Int

    /// How many more questions it accepts for the access point now.
    func room(at accessPoint: AccessPointNumber) -> Int

    /// How long it accepts no questions for the access point, because the host requested a pause.
    func pause(at accessPoint: AccessPointNumber) -> Duration

    /// Takes a question; call it only if there is room.
    func ask(_ question: Question)

    /// Waits for answers, for possible new room, or until `longest` has passed, and passes each
    /// answer to `receive`.
    func wait(atMost longest: Duration, _ receive: (Answer) -> Void)

    /// Ends the current or next ``wait(atMost:_:)`` early, from any thread; nil if it cannot.
    var waker: (@Sendable () -> Void)? { get }
}

extension Transport {
    package var waker: (@Sendable () -> Void)? { nil }

    package func expect(_ catalog: Catalog) {}

    package func remark(at accessPoint: AccessPointNumber) -> String? { nil }

    package func addressCount(at accessPoint: AccessPointNumber) -> Int { 1 }

    package func reasonNotToSpeak(_ scheme: AccessPoint.Scheme) -> String {
        "scheme \(scheme.rawValue)"
    }

    package func begin(with strategy: AskingStrategy, at accessPoint: AccessPointNumber) {}

    package func strategy(at accessPoint: AccessPointNumber) -> AskingStrategy? { nil }
}

/// A question to an access point.
package struct Question: Sendable {
    /// What the question is about, to match it with its answer.
    package enum Subject: Hashable, Sendable {
        case file(FileID)
        /// Health: the base URL itself.
        case base
        /// Health: a file that is known to be there.
        case knownFile(FileID)
        /// How fast a known file comes, of ``Question/byteCount`` bytes at most.
        ///
        /// Only http and https access points are asked this.
        case sample(FileID)
        /// A name that no tree has.
        case impossibleName
        /// The server's listing of a folder; answered by ``Reply/listed(_:)``.
        ///
        /// Only for http and https access points: the other protocols answer questions about files
        /// from listings.
        case listing
    }

    package var accessPoint: AccessPointNumber
    package var subject: Subject
    /// The path below the base URL, a slice of the catalog's own bytes.
    package var path: ArraySlice<UInt8>
    /// Directories are requested with a trailing slash.
    package var isDirectory: Bool
    /// No other request may be in flight on its connection: an earlier answer was no proof, and
    /// pipelining must be ruled out as the reason.
    package var isAlone: Bool
    /// Which address of the host to ask, below ``Transport/addressCount(at:)``; nil for any.
    ///
    /// Servers behind one name may differ. A question to one of them is sent on its own.
    package var address: Int?
    /// The algorithm for a digest, if the file itself must be fetched; nil for a question about the
    /// file.
    ///
    /// Only for http and https access points.
    package var algorithm: Digests.Algorithm?
    /// The expected length of a file to fetch, or of its sample; no more is read.
    package var byteCount: UInt64 = 0
    /// Whether the answer should include the end of the server's certificate, if it makes a
    /// connection.
    package var wantsCertificateEnd = false
    /// The asker's number for the question, which the answer bears too.
    package var tag: RequestTag = 0

    package init(
        accessPoint: AccessPointNumber,
        subject: Subject,
        path: ArraySlice<UInt8>,
        isDirectory: Bool,
        isAlone: Bool = false,
        address: Int? = nil,
        algorithm: Digests.Algorithm? = nil
    ) {
        self.accessPoint = accessPoint
        self.subject = subject
        self.path = path
        self.isDirectory = isDirectory
        self.isAlone = isAlone
        self.address = address
        self.algorithm = algorithm
    }
}

/// The result of one question.
package struct Answer: Sendable {
    package var accessPoint: AccessPointNumber
    package var subject: Question.Subject
    /// The question's ``Question/tag``.
    package var tag: RequestTag
    package var reply: Reply
    /// The time from the question to the end of its answer; 0 if many were in flight at once.
    package var seconds: Double
    /// The modification time according to the server; nil if it gives none.
    package var modified: Timestamp?
    /// The digests of the file if it was fetched completely; otherwise empty.
    package var digests: Digests
    /// The address that was asked; nil if it might be any.
    package var address: Int?
    /// Whether the answer came after a redirect.
    package var isRedirected: Bool
    /// When the access point's certificate ends, if requested and known.
    package var certificateEnd: Timestamp?
    /// The transfer of a sample; nil if there was none.
    package var transfer: Transfer?

    package init(
        to question: Question,
        reply: Reply,
        seconds: Double = 0,
        modified: Timestamp? = nil,
        digests: Digests = Digests(),
        address: Int? = nil,
        isRedirected: Bool = false,
        transfer: Transfer? = nil
    ) {
        accessPoint = question.accessPoint
        subject = question.subject
        tag = question.tag
        self.reply = reply
        self.seconds = seconds
        self.modified = modified
        self.digests = digests
        self.address = address
        self.isRedirected = isRedirected
        self.transfer = transfer
    }
}
