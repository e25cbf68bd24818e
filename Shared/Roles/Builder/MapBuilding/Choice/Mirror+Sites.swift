package import Mirrors

extension Mirror {
    /// The places of an anycast or multi-site mirror, as far as its name lists them; empty for
    /// mirrors of one place.
    ///
    /// Gentoo's list has `OSU Open Source Lab (Corvallis; New York; Chicago)`, `LeaseWeb (Anycast:
    /// San Francisco; Dallas; Washington, D.C.; Miami)`, `OVHcloud (Anycast: Milan, …)` and
    /// `PlanetUnix Networks (Anycast: Global)`. If there are semicolons, they separate the places.
    package var sitesInName: [String] {
        guard name.hasSuffix(")"), let open = name.lastIndex(of: "(") else { return [] }
        var list = name[name.index(after: open)...].dropLast()
        var isAnycast = false
        for prefix in ["Anycast:", "anycast:"] where list.hasPrefix(prefix) {
            list = list.dropFirst(prefix.count)
            isAnycast = true
        }
        let separator: Character = list.contains(";") ? ";" : ","
        let sites = list.split(separator: separator).map { String($0.drop { $0 == " " }) }
        return sites.count > 1 || isAnycast && sites == ["Global"] ? sites : []
    }
}
