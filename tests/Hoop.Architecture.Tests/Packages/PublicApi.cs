using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace Hoop.Architecture.Tests.Packages;

/// <summary>What a package shows, a line a member: what its users' programs were compiled against.</summary>
internal static class PublicApi
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    // What the compiler writes for every record.
    private static readonly HashSet<string> OfRecords = new(StringComparer.Ordinal)
    {
        "<Clone>$", "Deconstruct", "Equals", "GetHashCode", "PrintMembers", "ToString", "op_Equality", "op_Inequality", "get_EqualityContract",
        "EqualityContract",
    };

    public static string Render(Assembly assembly) => Render(assembly.GetExportedTypes());

    public static string Render(IEnumerable<Type> types)
    {
        var text = new StringBuilder();
        foreach (var type in types.OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"{Kind(type)} {Name(type)}{Bases(type)}\n");
            foreach (var member in Members(type).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
            {
                text.Append(CultureInfo.InvariantCulture, $"  {member}\n");
            }
        }

        return text.ToString();
    }

    private static IEnumerable<string> Members(Type type)
    {
        if (type.IsEnum)
        {
            return Enum.GetNames(type).Select(name => $"{name} = {Convert.ToInt64(Enum.Parse(type, name), CultureInfo.InvariantCulture)}");
        }

        if (typeof(Delegate).IsAssignableFrom(type))
        {
            return [Method(type.GetMethod("Invoke")!)];
        }

        var isRecord = type.GetMethod("<Clone>$", Declared) is not null || type.GetMethod("PrintMembers", Declared) is not null;
        return type.GetMembers(Declared)
            .Where(member => !member.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false)
                || member is MethodInfo { IsSpecialName: true })
            .Where(member => !isRecord || !OfRecords.Contains(member.Name))
            .Select(Describe).OfType<string>();
    }

    private static string? Describe(MemberInfo member) => member switch
    {
        ConstructorInfo { IsStatic: false } made when IsShown(made) => $"new({Parameters(made)})",
        MethodInfo { IsSpecialName: false } method when IsShown(method) => Method(method),
        MethodInfo { IsSpecialName: true } method
            when IsShown(method) && method.Name.StartsWith("op_", StringComparison.Ordinal) => Method(method),
        PropertyInfo property when property.GetAccessors(nonPublic: true).Any(IsShown) => Property(property),
        FieldInfo { IsLiteral: true } field when IsShown(field) => $"const {Name(field.FieldType)} {field.Name} = {field.GetRawConstantValue()}",
        FieldInfo field when IsShown(field) => $"{Static(field.IsStatic)}{Name(field.FieldType)} {field.Name}",
        EventInfo shown when shown.AddMethod is { } add && IsShown(add) => $"event {Name(shown.EventHandlerType!)} {shown.Name}",
        _ => null,
    };

    private static string Method(MethodInfo method)
    {
        var generic = method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(Name))}>" : "";
        return $"{Static(method.IsStatic)}{Name(method.ReturnType)} {method.Name}{generic}({Parameters(method)})";
    }

    private static string Property(PropertyInfo property)
    {
        var accessors = property.GetAccessors(nonPublic: true).Where(IsShown).Select(accessor =>
            accessor.Name.Contains("get_", StringComparison.Ordinal) ? "get;" : IsInit(accessor) ? "init;" : "set;");
        var index = property.GetIndexParameters() is { Length: > 0 } parameters
            ? $"[{string.Join(", ", parameters.Select(parameter => Name(parameter.ParameterType)))}]"
            : "";
        return $"{Static(property.GetAccessors(nonPublic: true)[0].IsStatic)}{Name(property.PropertyType)} {property.Name}{index} {{ {string.Join(' ', accessors)} }}";
    }

    private static bool IsInit(MethodInfo setter) =>
        setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit));

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(parameter =>
        $"{Name(parameter.ParameterType)} {parameter.Name}{(parameter.HasDefaultValue ? $" = {parameter.RawDefaultValue ?? "null"}" : "")}"));

    private static string Static(bool isStatic) => isStatic ? "static " : "";

    private static bool IsShown(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static bool IsShown(FieldInfo field) => field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly;

    private static string Kind(Type type) => type switch
    {
        { IsInterface: true } => "interface",
        { IsEnum: true } => "enum",
        { IsValueType: true } => "struct",
        { IsAbstract: true, IsSealed: true } => "static class",
        { IsAbstract: true } => "abstract class",
        { IsSealed: true } => "sealed class",
        _ => "class",
    };

    private static string Bases(Type type)
    {
        var bases = type.GetInterfaces().Where(one => one.IsVisible && one.Name != "IEquatable`1").Select(Name);
        if (type is { IsClass: true, BaseType: { } parent } && parent != typeof(object) && !typeof(Delegate).IsAssignableFrom(type))
        {
            bases = bases.Prepend(Name(parent));
        }

        return type.IsEnum || !bases.Any() ? "" : $" : {string.Join(", ", bases.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))}";
    }

    private static string Name(Type type)
    {
        if (type.IsByRef)
        {
            return "ref " + Name(type.GetElementType()!);
        }

        if (type.IsArray)
        {
            return Name(type.GetElementType()!) + "[]";
        }

        if (type.IsGenericParameter)
        {
            return type.Name;
        }

        var name = (type.FullName ?? $"{type.Namespace}.{type.Name}").Split('[')[0].Replace('+', '.');
        if (!type.IsGenericType)
        {
            return name;
        }

        var bare = string.Join('.', name.Split('.').Select(part => part.Split('`')[0]));
        return $"{bare}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>";
    }
}
