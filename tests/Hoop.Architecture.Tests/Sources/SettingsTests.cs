using System.Text.RegularExpressions;
using Hoop.Host.Startup;
using NUnit.Framework;

namespace Hoop.Architecture.Tests.Sources;

/// <summary>Every name under HOOP_ that the sources read is known, so that none is reported as mistyped, and the document has it.</summary>
public sealed partial class SettingsTests
{
    private static readonly string[] Read =
    [
        .. Product.Files("src", "*.cs").Where(file => !file.Path.EndsWith("/GatewaySettings.cs", StringComparison.Ordinal))
        .SelectMany(file => Name().Matches(file.Text)).Select(match => match.Groups[1].Value).Distinct(StringComparer.Ordinal),
    ];

    [Test]
    public void Every_setting_of_the_sources_is_known()
    {
        Assert.That(Read, Has.Length.GreaterThan(20));

        Assert.That(Read.Where(name => !GatewaySettings.Known.Contains(name)), Is.Empty);
    }

    [GeneratedRegex("\"(HOOP_[A-Z_]+[A-Z])\"")]
    private static partial Regex Name();
}
