package import Mirrors

/// A place on the globe as a unit vector, for measuring distances in every request.
///
/// The sines are computed here: at the edge there is no C library, and two redirectors must not
/// send one client to different mirrors because of the last bit of a sine.
package struct GlobePoint: Hashable, Sendable {
    private let x: Double
    private let y: Double
    private let z: Double

    /// No place: its cosine to any point is NaN, which is never near enough.
    static let nowhere = GlobePoint(x: .nan, y: .nan, z: .nan)

    var isSomewhere: Bool { x == x }

    private init(x: Double, y: Double, z: Double) {
        self.x = x
        self.y = y
        self.z = z
    }

    /// Nil if a coordinate is out of range or NaN.
    package init?(latitude: Double, longitude: Double) {
        guard latitude >= -90, latitude <= 90, longitude >= -180, longitude <= 180 else {
            return nil
        }
        let radians = Double.pi / 180
        let (parallel, meridian) = (latitude * radians, longitude * radians)
        let width = Self.cosine(parallel)
        x = width * Self.cosine(meridian)
        y = width * Self.sine(meridian)
        z = Self.sine(parallel)
    }

    package init?(_ location: GeoLocation) {
        self.init(latitude: location.latitude, longitude: location.longitude)
    }

    /// The sine of an angle between -pi and pi, within 1e-7, which is less than a metre.
    private static func sine(_ angle: Double) -> Double {
        var x = angle
        if x > .pi / 2 { x = .pi - x } else if x < -.pi / 2 { x = -.pi - x }
        let square = x * x
        // Taylor coefficients as factors: a division takes several times as long.
        let high = 2.755731922398589e-6 + square * (-2.505210838544172e-8 + square * 1.6059e-10)
        let low = 8.333333333333333e-3 + square * (-1.984126984126984e-4 + square * high)
        return x * (1 + square * (-1.666666666666667e-1 + square * low))
    }

    /// The cosine of an angle between -pi and pi.
    static func cosine(_ angle: Double) -> Double {
        sine(.pi / 2 - (angle < 0 ? -angle : angle))
    }

    /// The cosine of the angle to `other` along the great circle: the greater, the nearer.
    @inline(__always)
    func cosine(to other: GlobePoint) -> Double {
        x * other.x + y * other.y + z * other.z
    }

    /// The angle with a cosine, within 7e-5, which is 430 m on the globe.
    ///
    /// Abramowitz and Stegun, "Handbook of Mathematical Functions", 4.4.45.
    @inline(__always)
    static func angle(ofCosine cosine: Double) -> Double {
        let size = min(1, abs(cosine))
        let polynomial = 1.5707288 + size * (-0.2121144 + size * (0.0742610 - size * 0.0187293))
        let angle = (1 - size).squareRoot() * polynomial
        return cosine < 0 ? .pi - angle : angle
    }

    /// The kilometres to `other`, on a sphere of radius 6,371 km.
    package func kilometres(to other: GlobePoint) -> Double {
        Self.angle(ofCosine: cosine(to: other)) * Self.radiusKilometres
    }

    static let radiusKilometres = 6371.0
}

// MARK: - Cells

extension GlobePoint {
    /// The number of squares if each side of a cube is divided into `edge` times `edge`.
    static func squareCount(edge: Int) -> Int { 6 * edge * edge }

    /// The number of the square that contains it, on a cube around the globe with `edge` squares
    /// along an edge.
    @inline(__always)
    func square(edge: Int) -> Int {
        let (sizeX, sizeY, sizeZ) = (abs(x), abs(y), abs(z))
        let side: (number: Int, height: Double, across: Double, along: Double)
        if sizeX >= sizeY, sizeX >= sizeZ {
            side = (x < 0 ? 1 : 0, sizeX, y, z)
        } else if sizeY >= sizeZ {
            side = (y < 0 ? 3 : 2, sizeY, x, z)
        } else {
            side = (z < 0 ? 5 : 4, sizeZ, x, y)
        }
        // Nowhere counts as in the first one.
        guard side.height > 0 else { return 0 }
        // Neither coordinate exceeds the height of the side, so the result is from 0 to `edge`.
        let scale = Double(edge) / 2 / side.height
        let half = Double(edge) / 2
        let column = min(edge - 1, Int(max(0, side.across * scale + half)))
        let row = min(edge - 1, Int(max(0, side.along * scale + half)))
        return (side.number * edge + row) * edge + column
    }

    /// The centre of the square with a number below ``squareCount(edge:)``.
    init(middleOfSquare number: Int, edge: Int) {
        let across = (Double(number % edge) + 0.5) * 2 / Double(edge) - 1
        let along = (Double(number / edge % edge) + 0.5) * 2 / Double(edge) - 1
        let size = 1 / (1 + across * across + along * along).squareRoot()
        let side = number / edge / edge
        let height = side % 2 == 0 ? size : -size
        switch side / 2 {
        case 0: self.init(x: height, y: across * size, z: along * size)
        case 1: self.init(x: across * size, y: height, z: along * size)
        default: self.init(x: across * size, y: along * size, z: height)
        }
    }
}

extension GlobePoint {
    /// Reads two decimal numbers of degrees; nil if one is invalid or out of range.
    package init?(latitude: Span<UInt8>, longitude: Span<UInt8>) {
        guard let latitude = Self.degrees(latitude), let longitude = Self.degrees(longitude) else {
            return nil
        }
        self.init(latitude: latitude, longitude: longitude)
    }

    /// Reads `50.11,8.68`; nil if that is not a place.
    package init?(pair: Span<UInt8>) {
        var comma = 0
        while comma < pair.count, pair[comma] != UInt8(ascii: ",") { comma += 1 }
        guard comma < pair.count else { return nil }
        self.init(
            latitude: pair.extracting(0..<comma),
            longitude: pair.extracting(comma + 1..<pair.count)
        )
    }

    /// `-12.345`: an optional sign, up to three digits, and up to twelve decimals.
    private static func degrees(_ text: Span<UInt8>) -> Double? {
        var index = 0
        var isNegative = false
        if let first = text.isEmpty ? nil : text[0], first == 0x2D || first == 0x2B {
            isNegative = first == 0x2D
            index = 1
        }
        var digits = 0
        var scale = 1.0
        var value = 0.0
        var hasPoint = false
        while index < text.count {
            let byte = text[index]
            index += 1
            if byte == UInt8(ascii: "."), !hasPoint, digits > 0 {
                hasPoint = true
                continue
            }
            guard (0x30...0x39).contains(byte) else { return nil }
            digits += 1
            guard digits <= 15, hasPoint || digits <= 3 else { return nil }
            value = value * 10 + Double(byte - 0x30)
            if hasPoint { scale *= 10 }
        }
        guard digits > 0 else { return nil }
        return (isNegative ? -value : value) / scale
    }
}
