/// An access point that holds the file and is not offered, and why.
package struct Exclusion: Hashable, Sendable {
    package enum Reason: String, Hashable, Sendable, CaseIterable {
        /// Its latest probe failed.
        case down
        /// It lost files that were proven there, and this one may be among them.
        case doubted
        /// The operator closed it.
        case closed
        /// FTP and rsync: no client of a redirect speaks them any more.
        case scheme
        /// The client came by https and is never sent to http.
        case downgrade
        /// Its weight is 0.
        case weight
        /// The mirror serves other countries only.
        case clientCountry
        /// The mirror serves other networks only.
        case clientNetwork
        /// It is farther than a mirror may be.
        case tooFar
        /// It has no address of the client's family.
        case addressFamily
        /// Its cap on the share of all requests keeps this one off.
        case share
        /// The client asked to leave it out.
        case avoided
        /// It has the file, but enough nearer ones have it, too.
        case notNeeded
        /// The latest look proved nothing, and why is not known here.
        case notHeld
        /// It answered that the file does not exist.
        case lacking
        /// It has another length or another kind under that name.
        case altered
        /// It has what the file was before its last change.
        case outdated
        /// It refuses the file.
        case refused
        /// It had the file, too long ago for that to count.
        case expired
        /// A rule about the mirror keeps the file off.
        case ruledOut
        /// The index of the folder is not right there.
        case indexless
        /// Nobody asked it for the file yet.
        case unasked
        /// It gave no answer when it was asked.
        case unanswered
        /// It lacks other files of the set that this one is in.
        case incomplete
        /// The map's base URL is no URL that could be sent.
        case unusableURL
    }

    /// The index in the table.
    package let accessPoint: Int
    package let reason: Reason

    package init(accessPoint: Int, reason: Reason) {
        self.accessPoint = accessPoint
        self.reason = reason
    }
}
