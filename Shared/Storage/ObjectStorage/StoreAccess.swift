/// How a program uses a store, which determines the keys that it looks for.
package enum StoreAccess: Hashable, Sendable {
    /// A redirector's copies: it never writes, so read-only keys suffice.
    case reading
    case readingAndWriting
}
