/// The outcome of a request.
package enum Outcome: Sendable {
    /// The answer was appended.
    case answered
    /// The answer is a page, which the caller makes outside the loop.
    case page(PageRequest)
    /// Repeat the request, from its first byte, when this is available or its patience is over.
    case waits(for: Awaited)
}

/// What a request waits for.
package enum Awaited: Hashable, Sendable {
    /// A look at storage: the first one, or the first after a pause.
    case look
    /// The map of a region, by its number.
    case regionMap(Int, isGuess: Bool)
    /// The digests of the files of a catalog generation.
    case details(generation: UInt32)
}
