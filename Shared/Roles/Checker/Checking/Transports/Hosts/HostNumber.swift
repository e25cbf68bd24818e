/// A host of a run (scheme, name and port), as the ``HostRegistry`` numbers it.
struct HostNumber: DenseIndex {
    let index: Int
}
