package import Catalogs
package import CheckPlanning
package import CheckStates
package import Mirrors
package import Time

/// Puts questions to access points: the seam between what is asked and how.
///
/// The run loop hands out questions and takes answers; the transport owns connections, protocols
/// and manners (rate, connection limits, `Retry-After`). Questions may be answered in any order,
/// and each gets exactly one answer. So a transport may send one HEAD per connection, pipeline
/// them, or answer a thousand questions out of one listing.
///
/// Access points go by their index in the list that both sides were made with.
package protocol Transport: AnyObject {
    /// Takes the catalog whose files listings are searched for, and whose lengths answers are
    /// compared with; before the first question, and whenever a newer generation is taken.
    func expect(_ catalog: Catalog)

    /// Whether it can ask at access points of this scheme.
    func speaks(_ scheme: AccessPoint.Scheme) -> Bool

    /// Why it cannot, for the operator.
    func reasonNotToSpeak(_ scheme: AccessPoint.Scheme) -> String

    /// Begins with the way that worked at the access point in an earlier run; before any question.
    func begin(with strategy: AskingStrategy, at accessPoint: AccessPointNumber)

    /// The way that has worked at the access point in this run; nil while none has, and where there
    /// is only one.
    func strategy(at accessPoint: AccessPointNumber) -> AskingStrategy?

    /// What the operator should know of how the access point is asked, such as that HEAD tells no
    /// lengths there; nil where there is nothing.
    func remark(at accessPoint: AccessPointNumber) -> String?

    /// How many addresses the name of the access point has, 1 until that is known.
    ///
    /// Names are looked up beside the questions, so the number may grow during a run.
    func addressCount(at accessPoint: AccessPointNumber) -> Int

    /// How many more questions it takes for the access point right now.
    func room(at accessPoint: AccessPointNumber) -> Int

    /// For how long it takes no question for the access point because the host asked for a pause.
    func pause(at accessPoint: AccessPointNumber) -> Duration

    /// Takes a question; only when there is room.
    func ask(_ question: Question)

    /// Waits until there are answers, until there may be room where there was none, or until
    /// `longest` has passed, and hands each answer to `receive`.
    func wait(atMost longest: Duration, _ receive: (Answer) -> Void)

    /// Ends a ``wait(atMost:_:)`` early, or else the next one, from any thread; nil where it
    /// cannot.
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

/// One question to one access point.
package struct Question: Sendable {
    /// What the question is about, so that its answer finds home.
    package enum Subject: Hashable, Sendable {
        case file(FileID)
        /// Health: the base URL itself.
        case base
        /// Health: a file that is known to be there.
        case knownFile(FileID)
        /// A name that no tree holds.
        case impossibleName
        /// What a folder holds by the server's own listing; answered by ``Reply/listed(_:)``.
        ///
        /// Only http and https access points are asked this: the other protocols answer questions
        /// about files from listings.
        case listing
    }

    package var accessPoint: AccessPointNumber
    package var subject: Subject
    /// The path below the base URL, a slice of the catalog's own bytes.
    package var path: ArraySlice<UInt8>
    /// Directories are asked for with a slash at the end.
    package var isDirectory: Bool
    /// Nothing else may be under way on its connection: an earlier answer brought no proof, and
    /// pipelining must not be the reason.
    package var isAlone: Bool
    /// Which address of the host to ask, below ``Transport/addressCount(at:)``; nil for any.
    ///
    /// Servers behind one name may differ. A question to one of them goes alone.
    package var address: Int?
    /// The file is to be fetched, and the answer is to have its digests, by these algorithms; empty
    /// for a question about the file.
    ///
    /// Only http and https access points are asked this.
    package var algorithms: [Digests.Algorithm]
    /// How long the file should be that is to be fetched; more of it is not read.
    package var byteCount: UInt64 = 0
    /// Whether the answer is to say when the server's certificate ends, if it makes a connection.
    package var wantsCertificateEnd = false

    package init(
        accessPoint: AccessPointNumber,
        subject: Subject,
        path: ArraySlice<UInt8>,
        isDirectory: Bool,
        isAlone: Bool = false,
        address: Int? = nil,
        algorithms: [Digests.Algorithm] = []
    ) {
        self.accessPoint = accessPoint
        self.subject = subject
        self.path = path
        self.isDirectory = isDirectory
        self.isAlone = isAlone
        self.address = address
        self.algorithms = algorithms
    }
}

/// What came back for one question.
package struct Answer: Sendable {
    package var accessPoint: AccessPointNumber
    package var subject: Question.Subject
    package var reply: Reply
    /// From the question to the end of its answer; 0 for one of many that were under way at once.
    package var seconds: Double
    /// When the file was last modified, as the server says; nil where it does not.
    package var modified: Timestamp?
    /// Those of the file, where it was fetched whole; else empty.
    package var digests: Digests
    /// The address that the question was put to; nil where it might be any.
    package var address: Int?
    /// The answer was got behind a redirect.
    package var isRedirected: Bool
    /// When the certificate of the access point ends, where that was asked for and is known.
    package var certificateEnd: Timestamp?

    package init(
        accessPoint: AccessPointNumber,
        subject: Question.Subject,
        reply: Reply,
        seconds: Double = 0,
        modified: Timestamp? = nil,
        digests: Digests = Digests(),
        address: Int? = nil,
        isRedirected: Bool = false
    ) {
        self.accessPoint = accessPoint
        self.subject = subject
        self.reply = reply
        self.seconds = seconds
        self.modified = modified
        self.digests = digests
        self.address = address
        self.isRedirected = isRedirected
    }
}
