/// How a server answers for nonexistent names, if not with 404: with 200 and a page whose length is
/// in ``lengths``.
package struct SoftNotFound: Hashable, Sendable {
    package var lengths: ClosedRange<UInt64>

    package init(lengths: ClosedRange<UInt64>) {
        self.lengths = lengths
    }
}
