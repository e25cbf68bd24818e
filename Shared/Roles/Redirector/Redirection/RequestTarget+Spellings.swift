extension RequestTarget {
    /// Puts in place of the path the first of its spellings that `isKnown`; false, and the path as
    /// it was, when none is.
    ///
    /// 1. The path as it was asked for.
    /// 2. With a slash at its end, the key of a directory: asked for without one it is found too,
    ///    and the Location gets the slash. Asked for with one, a file is not.
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
