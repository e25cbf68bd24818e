#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

extension GeoLocation {
    /// The great-circle distance to `other` in kilometres, by the haversine formula on a sphere
    /// with a radius of 6,371 km; within 0.6 % of the ellipsoid.
    package func kilometres(to other: GeoLocation) -> Double {
        let radians = Double.pi / 180
        let halfLatitude = (other.latitude - latitude) * radians / 2
        let halfLongitude = (other.longitude - longitude) * radians / 2
        let a =
            sin(halfLatitude) * sin(halfLatitude)
            + cos(latitude * radians) * cos(other.latitude * radians)
            * sin(halfLongitude) * sin(halfLongitude)
        return 2 * 6_371 * asin(min(1, a.squareRoot()))
    }
}
