package import Mirrors

/// The approximate number of Internet users in a country, in millions: its number of clients.
///
/// This is an assumption: population multiplied by the share of users about 2023 (the World Bank's
/// indicators SP.POP.TOTL and IT.NET.USER.ZS), rounded by hand, and only for countries with some
/// two millions or more. All rules get the same clients, and those who download distfiles are not
/// distributed like this anyway.
package enum InternetUsers {
    package static let millions: [(country: CountryCode, users: Double)] =
        text.split { $0 == "," || $0.isNewline }.compactMap { entry in
            let words = entry.split(separator: " ")
            guard words.count == 2, let country = CountryCode(String(words[0])),
                let users = Double(words[1])
            else { return nil }
            return (country, users)
        }

    private static let text = """
        CN 1090, IN 800, US 311, ID 192, BR 178, RU 132, NG 88, JP 106, PK 66, BD 77, MX 105, PH 83
        VN 78, EG 82, TR 74, IR 73, DE 77, GB 66, FR 59, TH 64, KR 50, IT 51, ES 46, ZA 46
        AR 41, CO 40, CA 38, MA 34, PL 32, UA 31, MY 34, SA 37, DZ 35, IQ 36, TW 22, AU 26
        NL 17, KE 22, UZ 31, PE 27, VE 18, RO 17, CL 18, KZ 18, GH 24, ET 24, TZ 20, AO 14
        BE 11, SE 10, CZ 9, PT 9, HU 9, GR 9, AT 9, CH 9, IL 9, DK 6, FI 5, NO 6
        IE 5, NZ 5, SG 6, HK 7, BG 5, RS 6, SK 5, HR 3, LT 3, LV 2, BY 8, AE 9
        AZ 9, GE 3, AM 2, JO 10, LB 5, KW 5, QA 3, OM 5, YE 9, SY 8, SD 13, UG 13
        CD 23, CM 12, CI 12, SN 11, TN 9, LY 6, ZM 6, ZW 6, MZ 7, NP 17, LK 11, MM 24
        KH 10, LA 5, MN 3, KG 5, TJ 4, AF 7, EC 13, BO 8, PY 5, UY 3, CR 4, PA 3
        GT 10, HN 6, SV 4, NI 4, DO 10, CU 8, JM 2, PR 3, SI 2, BA 3, MD 2, AL 2
        """
}
