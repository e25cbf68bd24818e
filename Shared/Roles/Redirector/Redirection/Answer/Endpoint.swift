/// The paths that are answered here instead of by a mirror.
enum Endpoint {
    case health
    case ready
    case metrics

    /// The endpoint at `path`.
    ///
    /// Not an initialiser, which would own the path and count a reference for it.
    static func at(_ path: [UInt8]) -> Endpoint? {
        switch path.count {
        case 7 where path.elementsEqual("metrics".utf8): .metrics
        case 7 where path.elementsEqual("_/ready".utf8): .ready
        case 8 where path.elementsEqual("_/health".utf8): .health
        default: nil
        }
    }
}
