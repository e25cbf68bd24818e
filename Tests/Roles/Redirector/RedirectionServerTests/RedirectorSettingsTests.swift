import FunctionRuntime
import Redirection
import RedirectionServer
import Testing

@Suite struct RedirectorSettingsTests {
    private static let required = ["REGION": "europe", "FALLBACK_URL": "https://fallback.example"]

    @Test func hasDefaults() throws {
        let settings = try RedirectorSettings(Environment(Self.required))
        #expect(settings.answers.fallbackURL == Array("https://fallback.example/".utf8))
        #expect(settings.port == 8080)
        #expect(settings.listen == "::")
        #expect(settings.answers.status == .found)
        #expect(settings.answers.maxAge == nil)
        #expect(settings.answers.maxLinks == 4)
        #expect(settings.retrySeconds == 60)
        #expect(settings.answers.trustedProxies.isEmpty)
    }

    @Test func hasTheDefaultsOfTheTable() throws {
        var values = Self.required
        for setting in Setting.all(of: "redirector") {
            if let value = setting.standardValue { values[setting.name] = value }
        }
        let spelledOut = try RedirectorSettings(Environment(values))
        let settings = try RedirectorSettings(Environment(Self.required))
        #expect("\(spelledOut)" == "\(settings)")
        #expect(values.count > 20)
    }

    @Test func trustsNobodyByThatWord() throws {
        let values = Self.required.merging(["TRUSTED_PROXIES": "none"]) { $1 }
        let settings = try RedirectorSettings(Environment(values))
        #expect(settings.answers.trustedProxies.isEmpty)
    }

    /// lighttpd and Apache set `REDIRECT_STATUS=200` for CGI programs.
    @Test func takesTheWebServersRedirectStatusForItsOwn() throws {
        let settings = try RedirectorSettings(
            Environment([
                "REGION": "europe", "FALLBACK_URL": "https://f.example/",
                "GATEWAY_INTERFACE": "CGI/1.1", "REDIRECT_STATUS": "200",
            ])
        )
        #expect(settings.answers.status == .found)
    }

    @Test(
        arguments: [
            ("REGION", ""), ("REGION", "Europe"), ("REGION", "../x"), ("FALLBACK_URL", ""),
            ("FALLBACK_URL", "ftp://h/"), ("FALLBACK_URL", "/path"), ("FALLBACK_URL", "http://"),
            ("FALLBACK_URL", "http:///x"), ("FALLBACK_URL", "http://h/?q"),
            ("FALLBACK_URL", "http://h/\r\nX: y"), ("FALLBACK_URL", "http://a b/"),
            ("FALLBACK_URL", "http://user@h/"), ("PORT", "65536"), ("PORT", "http"),
            ("LISTEN", "localhost"), ("THREADS", "0"), ("REDIRECT_STATUS", "301"),
            ("REDIRECT_MAX_AGE", "-1"), ("MAX_LINKS", "16"), ("TRUSTED_PROXIES", "10.0.0.1/8"),
            ("LOG_REQUESTS", "-1"), ("LOG_CLIENTS", "all"), ("DRAIN_SECONDS", "soon"),
            ("STORAGE_URL", "ftp://host/bucket"), ("COUNTRY_HEADER", "X Geo"),
            ("ORIGINAL_URI_HEADER", "X-Original-URI, X-Forwarded-Uri"),
            ("LATITUDE_HEADER", "X-Latitude"), ("LONGITUDE_HEADER", "X-Longitude"),
            ("FARTHEST_KM", "0"), ("ASN_HEADER", "X ASN"), ("CITY_DB", "/nowhere/city.mmdb"),
            ("ASN_DB", "/nowhere/asn.mmdb"), ("COUNTRY_DB", "/dev/null"), ("CITY_DB", "/dev/null"),
        ] as [(String, String)]
    )
    func refusesBadValuesAndNamesThem(name: String, value: String) throws {
        var values = Self.required
        values[name] = value
        let environment = Environment(values)
        let error = #expect(throws: FunctionError.self) {
            var settings = try RedirectorSettings(environment)
            // Errors that only the server finds; it never gets to listen.
            settings.port = 0
            _ = try RedirectionServer(settings)
        }
        #expect(error?.exitStatus == 2)
        #expect(error?.description.contains(name) == true)
    }
}
