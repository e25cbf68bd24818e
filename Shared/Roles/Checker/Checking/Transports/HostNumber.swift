/// A host of a run, scheme, name and port, as the ``HostRegistry`` numbers them.
struct HostNumber: Number {
    let place: Int
}
