extension Mirror {
    /// The mirror with what the operator says of it; what he says nothing of stays.
    ///
    /// An override enables no mirror that the list no longer has.
    package func applying(_ override: MirrorOverrides.Override) -> Mirror {
        var accessPoints = accessPoints
        for index in accessPoints.indices {
            let scheme = accessPoints[index].scheme
            accessPoints[index].isMetered = override.meteredSchemes.contains(scheme)
        }
        return Mirror(
            id: id,
            name: name,
            country: country,
            region: region,
            locations: override.locations.isEmpty ? locations : override.locations,
            hasListedLocations: override.locations.isEmpty && hasListedLocations,
            weight: override.weight ?? weight,
            rules: override.rules,
            checkBy: override.checkBy ?? checkBy,
            isEnabled: isListed && override.isEnabled ?? true,
            isListed: isListed,
            accessPoints: accessPoints
        )
    }

    /// The mirror as its list has it, which gives names, countries, URLs and places only.
    ///
    /// A place that an override replaced is not kept in `mirrors.json`: without the override the
    /// mirror stands where its addresses or its country are, until an import knows better.
    package var withoutOverride: Mirror {
        var accessPoints = accessPoints
        for index in accessPoints.indices { accessPoints[index].isMetered = false }
        return Mirror(
            id: id,
            name: name,
            country: country,
            region: region,
            locations: hasListedLocations ? locations : [],
            hasListedLocations: hasListedLocations,
            isEnabled: isListed,
            isListed: isListed,
            accessPoints: accessPoints
        )
    }

    /// The mirror as stored after the last list has dropped it.
    package var withoutListing: Mirror {
        Mirror(
            id: id,
            name: name,
            country: country,
            region: region,
            isEnabled: false,
            isListed: false,
            accessPoints: accessPoints
        )
    }
}
