/// A point on the globe, in degrees.
package struct GeoLocation: Hashable, Sendable {
    /// From -90 (south) to 90 (north).
    package let latitude: Double
    /// From -180 (west) to 180 (east).
    package let longitude: Double

    /// Nil if a coordinate is out of range or NaN.
    package init?(latitude: Double, longitude: Double) {
        guard (-90...90).contains(latitude), (-180...180).contains(longitude) else { return nil }
        self.latitude = latitude
        self.longitude = longitude
    }
}
