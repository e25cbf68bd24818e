/// How a program uses a store, which decides the keys that it looks for.
package enum StoreAccess: Hashable, Sendable {
    /// A redirector's copies: it never writes, so read-only keys are enough.
    case reading
    case readingAndWriting
}
