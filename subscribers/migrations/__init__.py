"""The migrations of this package's schema; `subscribers.database.Migrations` runs them."""
