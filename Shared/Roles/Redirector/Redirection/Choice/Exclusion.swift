/// An access point that is not offered, with the reason.
package struct Exclusion: Hashable, Sendable {
    package enum Reason: String, Hashable, Sendable, CaseIterable {
        /// Its latest probe failed.
        case down
        /// It lost files that were proven there, possibly this one.
        case doubted
        /// The operator closed it.
        case closed
        /// The scheme is FTP or rsync, which clients of a redirect don't speak.
        case scheme
        /// The client uses https and is never sent to http.
        case downgrade
        /// Its weight is 0.
        case weight
        /// The mirror does not serve the client's country.
        case clientCountry
        /// The mirror serves other networks only.
        case clientNetwork
        /// It is beyond the maximum distance.
        case tooFar
        /// It has no address of the client's family.
        case addressFamily
        /// Its maximum share of all requests rules out this one.
        case share
        /// The client asked to leave it out.
        case avoided
        /// It has the file, but so do enough nearer ones.
        case notNeeded
        /// The latest check was no proof, for a reason not known here.
        case notHeld
        /// It answered that the file does not exist.
        case lacking
        /// It has the name with another length or kind.
        case altered
        /// It has the version before the last change.
        case outdated
        /// It refuses the file.
        case refused
        /// It had the file, but the proof is too old.
        case expired
        /// A rule of the mirror excludes the file.
        case ruledOut
        /// Its index file for the folder is not current.
        case indexless
        /// It was never asked for the file.
        case unasked
        /// It gave no answer when it was asked.
        case unanswered
        /// It lacks other files of the set that contains this one.
        case incomplete
        /// The base URL in the map is not a usable URL.
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
