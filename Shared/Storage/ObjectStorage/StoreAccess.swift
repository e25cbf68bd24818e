/// What a program does with a store, and which keys it therefore looks for.
package enum StoreAccess: Hashable, Sendable {
    /// A redirector's copies: nothing is written, so the keys need not allow it.
    case reading
    case readingAndWriting
}
