extension RequestTarget {
    /// Replaces the path by the first of its spellings that `isKnown`; if there is none, returns
    /// false and leaves the path unchanged.
    ///
    /// 1. The path as requested.
    /// 2. With a trailing slash, the key of a directory: a directory requested without one is also
    ///    found, and the Location gets the slash. A file requested with one is not found.
    /// 3. With escapes that a gateway decoded once too often: ``EncodedSpellings``.
    package mutating func takeSpelling(where isKnown: ([UInt8]) -> Bool) -> Bool {
        if isKnown(path) { return true }
        return takeUnusualSpelling(where: isKnown)
    }

    private mutating func takeUnusualSpelling(where isKnown: ([UInt8]) -> Bool) -> Bool {
        guard !hasTrailingSlash, !path.isEmpty else { return false }
        appendSlash()
        if isKnown(path) { return true }
        removeSlash()
        var spellings = EncodedSpellings(of: path)
        while let spelling = spellings.next() {
            if isKnown(spelling) {
                replace(path: spelling)
                return true
            }
        }
        return false
    }
}
