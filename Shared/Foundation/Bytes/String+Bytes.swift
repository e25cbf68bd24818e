extension String {
    /// Whether both are the same bytes of UTF-8.
    ///
    /// `==` takes different spellings of one character for equal. For ids, keys and words of ours
    /// that means nothing, and at the edge it brings tables and normalization with it, 20 kB.
    package func isSpelled(like other: String) -> Bool {
        utf8Span.span.equals(other.utf8Span.span)
    }
}
