package import Catalogs
package import CheckStates

/// A question that the policy wants to ask an access point.
package struct PlannedQuestion: Hashable, Sendable {
    package enum Subject: Hashable, Sendable {
        case file(FileID)
        /// A name that no tree has, different each time.
        ///
        /// It is asked beside this file, with its file extension; nil for a name in the root.
        case impossibleName(beside: FileID?)
        /// The listing of the folder that contains this file; see ``CheckPolicy/folderPath(of:)``.
        case folder(of: FileID)
    }

    package var subject: Subject
    package var urgency: Urgency
    /// No other request may be in flight on its connection: an earlier answer was no proof, and
    /// pipelining must be ruled out as the reason.
    package var isAlone: Bool
    /// Which of the host's addresses to ask, modulo their count; nil for any.
    package var address: Int?
    /// Fetch the file itself for its digests, because length and time do not identify the content.
    package var wantsContent: Bool

    package init(
        _ subject: Subject,
        urgency: Urgency,
        isAlone: Bool = false,
        address: Int? = nil,
        wantsContent: Bool = false
    ) {
        self.subject = subject
        self.urgency = urgency
        self.isAlone = isAlone
        self.address = address
        self.wantsContent = wantsContent
    }
}
