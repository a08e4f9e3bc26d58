namespace Hoop.Identity.Vault;

/// <summary>
/// A field of a Vault request. Supplied means that the body names it, even with null or an empty value: a supplied empty value
/// clears what is stored, an absent field leaves it alone.
/// </summary>
internal readonly record struct Field<T>(bool IsSupplied, T? Value)
{
    public static Field<T> Of(T? value) => new(IsSupplied: true, value);
}
