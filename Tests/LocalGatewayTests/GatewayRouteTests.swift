import Testing

@testable import local_gateway

@Suite struct GatewayRouteTests {
    private static func function(_ path: String, _ query: String = "") -> GatewayRoute {
        .function(name: "web", path: Array(path.utf8), query: query)
    }

    /// Targets, their routes, and the sources for them.
    static let table: [(target: String, route: GatewayRoute, source: String)] = [
        ("/function/web", function("/"), "cron-connector calls without a path"),
        ("/function/web/", function("/"), "gateway"),
        ("/function/web/a/b?c=%20", function("/a/b", "c=%20"), "faas-provider proxy.go"),
        ("/function/web/a%20b", function("/a b"), "faas-provider: decoded by gorilla/mux"),
        ("/function/web/a%2Fb", function("/a/b"), "faas-provider: %2F becomes a slash"),
        ("/function/web/a%2Bb", function("/a+b"), "faas-provider: %2B becomes +"),
        (
            "/function/web/a%252Fb", function("/a/b"),
            "forwarding_proxy.go:66-72, then faas-provider"
        ),
        (
            "/function/web/a%2520b", function("/a b"),
            "forwarding_proxy.go:66-72, then faas-provider"
        ),
        ("/function/web/a%3Fb", function("/a", "b"), "forwarding_proxy.go:66-72: %3F is a query"),
        ("/function/web/a%23b", function("/a"), "forwarding_proxy.go:66-72: %23 cuts the rest"),
        ("/function/web/100%25.iso", .broken, "forwarding_proxy.go:66-72: no URL, panic"),
        ("/function/web//a", .moved(to: "/function/web/a"), "gorilla/mux"),
        ("/function/web/a/../b?c", .moved(to: "/function/web/b?c"), "gorilla/mux"),
        ("/function/web/./a/", .moved(to: "/function/web/a/"), "gorilla/mux"),
        (
            "/async-function/web/a", .asynchronous(name: "web", path: Array("/a".utf8), query: ""),
            "gateway main.go:234"
        ),
        ("/healthz", .health, "gateway"),
        ("/distfiles/a", .none, "gateway"),
    ]

    @Test(arguments: table)
    func leadsWhereTheRealOneDoes(_ row: (target: String, route: GatewayRoute, source: String)) {
        #expect(GatewayRoute(row.target) == row.route, "\(row.source)")
    }
}
