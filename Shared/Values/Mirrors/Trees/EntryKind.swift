/// The kind of an entry in a listing.
package enum EntryKind: Hashable, Sendable {
    case file
    case symlink
    case directory
    /// A device, a socket or a pipe, or a kind with an unknown name.
    case other
}
