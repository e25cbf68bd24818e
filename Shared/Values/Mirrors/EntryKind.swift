/// What kind of thing an entry of a listing is.
package enum EntryKind: Hashable, Sendable {
    case file
    case symlink
    case directory
    /// A device, a socket or a pipe, or a kind that the server gave no name that is known here.
    case other
}
