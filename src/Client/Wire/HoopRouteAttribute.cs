namespace Hoop.Client.Wire;

/// <summary>Which call of the gateway a method makes, as the gateway's reviewed list of routes (docs/api-surface.txt) writes it.</summary>
/// <param name="method">Of HTTP.</param>
/// <param name="path">With its parameters in braces.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class HoopRouteAttribute(string method, string path) : Attribute
{
    public string Method { get; } = method;

    public string Path { get; } = path;
}
