using System.CommandLine;
using Hoop.Cli.CommandLine;

namespace Hoop.Cli.FeatureFlags;

/// <summary><c>hoop admin feature-flag</c>.</summary>
internal static class FeatureFlagCommand
{
    public static Command Command() => new Verb("feature-flag", "Switch features on and off for your organization", "feature-flags", "ff")
    {
        ListFeatureFlags.Command(),
        GetFeatureFlag.Command(),
        SetFeatureFlag.Enable(),
        SetFeatureFlag.Disable(),
    };
}
