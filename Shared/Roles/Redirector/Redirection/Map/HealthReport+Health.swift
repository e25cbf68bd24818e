import Bytes
package import HealthFormat

extension HealthReport {
    /// What readers would get of `health`.
    package convenience init(_ health: Health) throws(HealthError) {
        try self.init(StableBytes(copying: health.encoded()))
    }

    /// The blob as a mutable value.
    package func health() throws(HealthError) -> Health {
        try Health(decoding: blob.array)
    }
}
