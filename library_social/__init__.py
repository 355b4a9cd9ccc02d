"""Library Social: settings, addresses and start-up of the product.

Kept empty on purpose: `library_social.services` and `.supervise` run before Django or Celery are ready.
"""
