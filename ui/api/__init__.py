"""HTTP: one file a resource, errors mapped once, rights declared on every route."""
