extension String {
    /// Whether both have the same UTF-8 bytes.
    ///
    /// `==` also treats canonically equivalent spellings as equal. For our ids, keys and words that
    /// is pointless, and at the edge it would link 20 kB of tables and normalisation code.
    package func isSpelled(like other: String) -> Bool {
        utf8Span.span.equals(other.utf8Span.span)
    }
}
