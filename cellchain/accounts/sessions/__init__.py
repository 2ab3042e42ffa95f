"""Who is signed in where: sessions opened, closed and ended, one's own and by an administrator."""
