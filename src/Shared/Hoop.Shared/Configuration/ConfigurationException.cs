namespace Hoop.Shared.Configuration;

/// <summary>An operator's mistake. Stops the start with one line that names the variable and the fix, exit code 1.</summary>
public sealed class ConfigurationException(string variable, string problem) : Exception($"{variable}: {problem}")
{
    public string Variable { get; } = variable;
}
