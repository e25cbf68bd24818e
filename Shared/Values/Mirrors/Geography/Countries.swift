import Bytes

/// Locations of the world's countries.
///
/// A location is that of the country's largest place on the network, not its centre: a Canadian
/// client is near Toronto far more often than in Nunavut. It has one decimal, which is 11 km. The
/// United States, too wide for one place, have their centre of population. This suffices for
/// ordering mirrors by distance; an override can set a mirror's own location.
package enum Countries {
    /// The location of the country, or nil for a code that ISO 3166-1 does not assign.
    package static func location(of country: CountryCode) -> GeoLocation? {
        row(of: country)?.location
    }

    /// The default region that contains the country, or nil for an unassigned code.
    package static func region(of country: CountryCode) -> Region.ID? {
        row(of: country)?.region
    }

    /// All assigned codes in alphabetical order.
    package static var all: [CountryCode] { table.map { $0.country } }

    /// The codes of one of the default regions in alphabetical order.
    package static func all(in region: Region.ID) -> [CountryCode] {
        table.filter { $0.region.isSpelled(like: region) }.map { $0.country }
    }

    /// A country in the table.
    private struct Row {
        let country: CountryCode
        let location: GeoLocation
        let region: Region.ID
    }

    private static func row(of country: CountryCode) -> Row? {
        var (low, high) = (0, table.count)
        while low < high {
            let middle = (low + high) / 2
            if table[middle].country.precedes(country) { low = middle + 1 } else { high = middle }
        }
        return low < table.count && table[low].country == country ? table[low] : nil
    }

    /// In alphabetical order.
    private static let table: [Row] = {
        var table: [Row] = []
        table.reserveCapacity(249)
        for (region, text) in texts {
            // By bytes, because characters would link their tables into the edge's module.
            let bytes = text.utf8Span.span
            var offset = 0
            while offset + 2 < bytes.count {
                let country = CountryCode(bytes[offset], bytes[offset + 1])
                offset += 3
                let latitude = degrees(in: bytes, at: &offset)
                let longitude = degrees(in: bytes, at: &offset)
                if offset < bytes.count, bytes[offset] == UInt8(ascii: " ") { offset += 1 }
                guard let country,
                    let location = GeoLocation(latitude: latitude, longitude: longitude)
                else { preconditionFailure("a line of the table of countries is wrong: \(text)") }
                let position = table.firstIndex { country.precedes($0.country) } ?? table.count
                table.insert(
                    Row(country: country, location: location, region: region),
                    at: position
                )
            }
        }
        return table
    }()

    /// Parses degrees with one decimal, such as `-8.8`, and the separator after them.
    private static func degrees(in bytes: Span<UInt8>, at offset: inout Int) -> Double {
        let isNegative = bytes[offset] == UInt8(ascii: "-")
        if isNegative { offset += 1 }
        var tenths = 0
        while offset < bytes.count {
            let byte = bytes[offset]
            offset += 1
            if byte == UInt8(ascii: ".") { continue }
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { break }
            tenths = tenths * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return Double(isNegative ? -tenths : tenths) / 10
    }

    /// For each region, its countries as code, latitude and longitude.
    ///
    /// These are all 249 codes of ISO 3166-1. Regions are as in Gentoo's mirror list, which has
    /// Mexico in North America and Turkey in Europe; Central America and the Caribbean belong to
    /// the north, where their cables lead.
    private static let texts: KeyValuePairs<Region.ID, String> = [
        "africa": """
        AO -8.8 13.2, BF 12.4 -1.5, BI -3.4 29.4, BJ 6.4 2.4, BV -54.4 3.4
        BW -24.7 25.9, CD -4.3 15.3, CF 4.4 18.6, CG -4.3 15.2, CI 5.3 -4.0
        CM 4.1 9.7, CV 14.9 -23.5, DJ 11.6 43.1, DZ 36.8 3.1, EG 30.0 31.2
        EH 27.2 -13.2, ER 15.3 38.9, ET 9.0 38.7, GA 0.4 9.5, GH 5.6 -0.2
        GM 13.5 -16.6, GN 9.5 -13.7, GQ 3.8 8.8, GW 11.9 -15.6, KE -1.3 36.8
        KM -11.7 43.3, LR 6.3 -10.8, LS -29.3 27.5, LY 32.9 13.2, MA 33.6 -7.6
        MG -18.9 47.5, ML 12.6 -8.0, MR 18.1 -16.0, MU -20.2 57.5, MW -14.0 33.8
        MZ -26.0 32.6, NA -22.6 17.1, NE 13.5 2.1, NG 6.5 3.4, RE -20.9 55.5
        RW -1.9 30.1, SC -4.6 55.5, SD 15.5 32.6, SH -15.9 -5.7, SL 8.5 -13.2
        SN 14.7 -17.5, SO 2.0 45.3, SS 4.9 31.6, ST 0.3 6.7, SZ -26.3 31.1
        TD 12.1 15.0, TF -49.4 70.2, TG 6.1 1.2, TN 36.8 10.2, TZ -6.8 39.3
        UG 0.3 32.6, YT -12.8 45.2, ZA -26.2 28.0, ZM -15.4 28.3, ZW -17.8 31.0
        """,
        "asia": """
        AF 34.5 69.2, AM 40.2 44.5, AZ 40.4 49.9, BD 23.8 90.4, BN 4.9 114.9
        BT 27.5 89.6, CN 31.2 121.5, GE 41.7 44.8, HK 22.3 114.2, ID -6.2 106.8
        IN 19.1 72.9, IO -7.3 72.4, JP 35.7 139.7, KG 42.9 74.6, KH 11.6 104.9
        KP 39.0 125.8, KR 37.6 127.0, KZ 43.2 76.9, LA 18.0 102.6, LK 6.9 79.9
        MM 16.8 96.2, MN 47.9 106.9, MO 22.2 113.5, MV 4.2 73.5, MY 3.1 101.7
        NP 27.7 85.3, PH 14.6 121.0, PK 24.9 67.0, SG 1.3 103.8, TH 13.8 100.5
        TJ 38.6 68.8, TL -8.6 125.6, TM 38.0 58.4, TW 25.0 121.6, UZ 41.3 69.2
        VN 10.8 106.6
        """,
        "australia-and-oceania": """
        AQ -77.8 166.7, AS -14.3 -170.7, AU -33.9 151.2, CC -12.2 96.8, CK -21.2 -159.8
        CX -10.4 105.7, FJ -18.1 178.4, FM 6.9 158.2, GU 13.5 144.8, HM -53.1 73.5
        KI 1.3 173.0, MH 7.1 171.4, MP 15.2 145.7, NC -22.3 166.5, NF -29.0 168.0
        NR -0.5 166.9, NU -19.1 -169.9, NZ -36.9 174.8, PF -17.5 -149.6, PG -9.4 147.2
        PN -25.1 -130.1, PW 7.3 134.5, SB -9.4 160.0, TK -9.4 -171.2, TO -21.1 -175.2
        TV -8.5 179.2, UM 19.3 166.6, VU -17.7 168.3, WF -13.3 -176.2, WS -13.8 -171.8
        """,
        "europe": """
        AD 42.5 1.5, AL 41.3 19.8, AT 48.2 16.4, AX 60.1 19.9, BA 43.9 18.4
        BE 50.8 4.4, BG 42.7 23.3, BY 53.9 27.6, CH 47.4 8.5, CY 35.2 33.4
        CZ 50.1 14.4, DE 50.1 8.7, DK 55.7 12.6, EE 59.4 24.8, ES 40.4 -3.7
        FI 60.2 24.9, FO 62.0 -6.8, FR 48.9 2.4, GB 51.5 -0.1, GG 49.5 -2.5
        GI 36.1 -5.4, GR 38.0 23.7, HR 45.8 16.0, HU 47.5 19.0, IE 53.3 -6.3
        IM 54.2 -4.5, IS 64.1 -21.9, IT 45.5 9.2, JE 49.2 -2.1, LI 47.1 9.5
        LT 54.7 25.3, LU 49.6 6.1, LV 56.9 24.1, MC 43.7 7.4, MD 47.0 28.9
        ME 42.4 19.3, MK 42.0 21.4, MT 35.9 14.5, NL 52.4 4.9, NO 59.9 10.8
        PL 52.2 21.0, PT 38.7 -9.1, RO 44.4 26.1, RS 44.8 20.5, RU 55.8 37.6
        SE 59.3 18.1, SI 46.1 14.5, SJ 78.2 15.6, SK 48.1 17.1, SM 43.9 12.4
        TR 41.0 29.0, UA 50.5 30.5, VA 41.9 12.5
        """,
        "middle-east": """
        AE 25.2 55.3, BH 26.2 50.6, IL 32.1 34.8, IQ 33.3 44.4, IR 35.7 51.4
        JO 32.0 35.9, KW 29.4 48.0, LB 33.9 35.5, OM 23.6 58.4, PS 31.9 35.2
        QA 25.3 51.5, SA 24.7 46.7, SY 33.5 36.3, YE 15.4 44.2
        """,
        "north-america": """
        AG 17.1 -61.8, AI 18.2 -63.1, BB 13.1 -59.6, BL 17.9 -62.8, BM 32.3 -64.8
        BS 25.1 -77.3, BZ 17.5 -88.2, CA 43.7 -79.4, CR 9.9 -84.1, CU 23.1 -82.4
        DM 15.3 -61.4, DO 18.5 -69.9, GD 12.1 -61.7, GL 64.2 -51.7, GP 16.2 -61.5
        GT 14.6 -90.5, HN 14.1 -87.2, HT 18.5 -72.3, JM 18.0 -76.8, KN 17.3 -62.7
        KY 19.3 -81.4, LC 14.0 -61.0, MF 18.1 -63.1, MQ 14.6 -61.1, MS 16.8 -62.2
        MX 19.4 -99.1, NI 12.1 -86.3, PA 9.0 -79.5, PM 46.8 -56.2, PR 18.5 -66.1
        SV 13.7 -89.2, SX 18.0 -63.0, TC 21.5 -71.1, US 39.0 -95.7, VC 13.2 -61.2
        VG 18.4 -64.6, VI 18.3 -64.9
        """,
        "south-america": """
        AR -34.6 -58.4, AW 12.5 -70.0, BO -16.5 -68.1, BQ 12.2 -68.3, BR -23.5 -46.6
        CL -33.4 -70.7, CO 4.7 -74.1, CW 12.1 -68.9, EC -0.2 -78.5, FK -51.7 -57.9
        GF 4.9 -52.3, GS -54.3 -36.5, GY 6.8 -58.2, PE -12.0 -77.0, PY -25.3 -57.6
        SR 5.9 -55.2, TT 10.7 -61.5, UY -34.9 -56.2, VE 10.5 -66.9
        """,
    ]
}
