/// What becomes of a request.
package enum Outcome: Sendable {
    /// Its answer has been appended.
    case answered
    /// Its answer is a page, which the caller has made apart from the loop.
    case page(PageRequest)
    /// It is to be asked again, from its first byte, when this is there or the patience is over.
    case waits(for: Awaited)
}

/// What a request waits for.
package enum Awaited: Hashable, Sendable {
    /// A look at storage: the first one, or the first one after a pause.
    case look
    /// The map of a region, by its number.
    case regionMap(Int, isGuess: Bool)
    /// The digests of the files of a catalog generation.
    case details(generation: UInt32)
}
